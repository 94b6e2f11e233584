"""Markdown as models write it, and as nobody should: for what must look the same however it was cut."""

EVERYDAY = """# A title

Some *emphasis*, **strong**, ***both***, ~~gone~~, `code`, ``a ` tick``, and a [link](https://example.org/a_b "t").
A second line with trailing spaces  
and a third\\
fourth. Auto https://example.org/x_(y)?a=b&c=d. and www.example.org, mail someone@example.org!

Setext one
==========

Setext two
---

* a
* b
  continued
  - nested one
  - nested **two**

    with a paragraph
* c

1. one
2. two

   ```python
   def f():
       return 1
   ```

3. three
   > quoted
   > - in list

- [ ] to do
- [x] done with `code`

> A quote
lazy continuation
> > deeper

| a | b | c |
|:--|:-:|--:|
| 1 | `x \\| y` | **3** |
| short |
| a | b | c | extra |
no pipe row

***

```js
const a = `x${1}`;

```

~~~
tilde
~~~

    indented code

    more

A note[^1] and another[^big], and again[^1].

[^1]: First note with *emphasis*.
[^big]: Second.

    With a paragraph.

    - and a list

[^unused]: nobody refers to it

A [ref] and [other][Ref] and [later].

[ref]: https://example.org/ref "Title"
[later]: <https://example.org/later>
"""  # noqa: W291 - two spaces end a line

FORMULAS = r"""Inline $x^2 + y^2 = z^2$, costs $5 and $10, or \(a_b\) and \[ E = mc^2 \] and $$\int_0^1 x\,dx$$ inline.

$$
\begin{aligned}
a &= b + c \\
- d &= e
\end{aligned}
$$

\[
\frac{1}{2}
\]

Text before
$$ x = 1
+ y $$ trailing text

$$ never closed =
still open

\begin{align}
x &= 1
\end{align}

- item with \(x\)
  $$
  y = 2
  $$
- "$20,000 and $30,000" and US$5, 5$.
"""

ODD = """中文**强调。**后面的文字,见https://example.org/路径。结束
<b>bold</b> <br> H<sub>2</sub>O <script>alert(1)</script> <kbd>Ctrl</kbd>+<kbd>C <i>a *b</i> c*
![image](https://evil.example/a.png) [paypal.com](https://evil.example) [a](javascript:alert(1)) [b](./rel)
&amp; &copy; &#65; &nope; \\* \\_ a\\b
***a** b* **a *b** c* _a __b_ c__ *a `*` b* [a *b](https://x.example) c*

مرحبا **بالعالم**، هذه [صفحة](https://example.org/).

- שלום
- hello

- a


  b
- c
1. x
1) y


+ z

  para

      code
- - - nested
- * * *
-     -      -
10. ten
    eleven
*
* x

*

end
The number of windows is
1.  not six.
"""

TABLES = """a | b
--|--
1 | 2

| x |
|-|
| [ref] |

|not|a table
|still

[ref]: https://example.org
| h1 | h2 |
| --- | --- |
| `a` | $x$ |
| a b c d e f g | ![i](https://example.org/p.png) |
# heading ends table

## Heading with `code` ##
##
### a # b #
#hashtag
####### seven

\tindented
- \ttab

\t\tcode
"""

NESTED = """> ```
> code in quote
>
> more

out

> - a
>
> - b
> 1. c

``` js
unclosed *fence*

- not list
"""

LONG = (
    "word " * 900
    + "**bold "
    + "and *more* words `code` here " * 200
    + "end** tail [open "
    + "x " * 800
    + "\n\n"
    + "".join(f"{number}. item **number** {number} with `code` and some words\n" for number in range(1, 80))
    + "\n| a | b |\n|---|---|\n"
    + "".join(f"| row {number} | **{number}** `x` |\n" for number in range(80))
)

SAMPLES = {
    "everyday": EVERYDAY,
    "formulas": FORMULAS,
    "odd": ODD,
    "tables": TABLES,
    "nested": NESTED,
    "long": LONG,
}
